{% set curve = ['segment_type', 'segment', 'cohort', 'from_stage', 'to_stage'] %}

-- A curve is made from these counts, so that no row of a lead goes through a window.
with

by_month as (

    select
        segments.segment_type,
        segments.segment,
        left(cast(waits.cohort_month as {{ dbt.type_string() }}), 7) as cohort,
        waits.from_stage,
        waits.to_stage,
        waits.days_since,
        count(*) as count_exits,
        sum(case when waits.is_converted then 1 else 0 end) as count_converted
    from {{ ref('stage_waits') }} as waits
    inner join {{ ref('lead_segments') }} as segments on waits.lead_id = segments.lead_id
    where segments.segment_type in ('all', 'channel')
    group by
        segments.segment_type, segments.segment, waits.cohort_month, waits.from_stage, waits.to_stage, waits.days_since

),

cohorts as (

    select * from by_month
    union all
    select
        segment_type,
        segment,
        'all' as cohort,
        from_stage,
        to_stage,
        days_since,
        count_exits,
        count_converted
    from by_month

),

-- Each curve begins on day 0, whether somebody leaves it then or not.
with_beginnings as (

    select * from cohorts
    union all
    select distinct
        {% for column in curve %}
        {{ column }},
        {% endfor %}
        0 as days_since,
        0 as count_exits,
        0 as count_converted
    from cohorts

)

select
    {% for column in curve %}
    {{ column }},
    {% endfor %}
    days_since,
    cast(sum(count_converted) as bigint) as count_converted,
    cast(sum(count_exits) - sum(count_converted) as bigint) as count_censored
from with_beginnings
group by {{ curve | join(', ') }}, days_since
