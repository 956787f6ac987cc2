-- How many leads of each month will become customers in the end, if those that are still open go on as leads of their age
-- did in all months?
with

curves as (

    select * from {{ ref('conversion_curves') }}
    where from_stage = 'lead' and to_stage = 'customer' and segment_type = 'all'

),

experience as (

    select
        curves.days_since,
        (ends.converted_share - curves.converted_share) / nullif(1 - curves.converted_share, 0) as share_to_come
    from curves
    inner join curves as ends
        on
            curves.cohort = ends.cohort
            and ends.is_last
    where curves.cohort = 'all'

)

-- Whoever leaves the curve of a month leaves that of all months on the same day, so every day has its experience.
select
    cohorts.cohort,
    sum(cohorts.count_converted + cohorts.count_censored) as count_leads,
    sum(cohorts.count_converted) as count_customers,
    sum(cohorts.count_censored * coalesce(experience.share_to_come, 0)) as expected_customers_to_come,
    sum(cohorts.count_converted + cohorts.count_censored * coalesce(experience.share_to_come, 0)) as expected_customers,
    {{ rate(
        'sum(cohorts.count_converted + cohorts.count_censored * coalesce(experience.share_to_come, 0))',
        'sum(cohorts.count_converted + cohorts.count_censored)'
    ) }} as expected_rate
from curves as cohorts
inner join experience on cohorts.days_since = experience.days_since
where cohorts.cohort <> 'all'
group by cohorts.cohort
order by cohorts.cohort
