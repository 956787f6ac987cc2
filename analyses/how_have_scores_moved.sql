-- How many leads first had 60 points or more in each month, on each scorecard?
with

firsts as (

    select
        lead_id,
        scorecard_id,
        min(score_date) as reached_on
    from {{ ref('lead_score_history') }}
    where score >= 60
    group by lead_id, scorecard_id

)

select
    scorecard_id,
    {{ month_of('reached_on') }} as reached_month,
    count(*) as count_leads
from firsts
group by scorecard_id, {{ month_of('reached_on') }}
order by scorecard_id, reached_month
