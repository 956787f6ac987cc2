-- How many days does each step of the funnel take: within how many have a quarter, half and three quarters come of those
-- that ever will, as far as can be told, leads that are still open included?
with

curves as (

    select * from {{ ref('conversion_curves') }}
    where cohort = 'all'

),

ends as (

    select
        segment_type,
        segment,
        from_stage,
        to_stage,
        converted_share as last_share
    from curves
    where is_last and converted_share > 0

)

select
    curves.from_stage,
    curves.to_stage,
    curves.segment_type,
    curves.segment,
    {% for name, share in {'lower_quartile': 0.25, 'median': 0.5, 'upper_quartile': 0.75}.items() %}
    min(case when curves.converted_share >= {{ share }} * ends.last_share then curves.days_since end)
        as {{ name }}_days,
    {% endfor %}
    max(case when curves.days_since = 0 then curves.count_at_risk end) as count_entered,
    max(ends.last_share) as converted_share
from curves
inner join ends
    on
        curves.segment_type = ends.segment_type
        and curves.segment = ends.segment
        and curves.from_stage = ends.from_stage
        and curves.to_stage = ends.to_stage
group by curves.from_stage, curves.to_stage, curves.segment_type, curves.segment
order by curves.from_stage, curves.to_stage, curves.segment_type, median_days
