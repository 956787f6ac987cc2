-- Whoever has entered a stage stands in its curves, once: at risk on day 0 are all of them in lead_stages, every one leaves
-- the curve, and of those counted from the lead on as many have converted as funnel_conversions says have come so far.
with

leads as (

    select
        segments.segment_type,
        segments.segment,
        {{ month_of('stages.created_at') }} as cohort_month,
        stages.*
    from {{ ref('lead_stages') }} as stages
    inner join {{ ref('lead_segments') }} as segments on stages.lead_id = segments.lead_id
    where segments.segment_type in ('all', 'channel')

),

entered as (

    {% for stage in ['lead', 'mql', 'sql', 'opportunity'] %}
    select
        segment_type,
        segment,
        cohort_month,
        '{{ stage }}' as from_stage,
        count(*) as count_entered
    from leads
    where is_{{ stage }}
    group by segment_type, segment, cohort_month
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

converted as (

    {% for stage in ['mql', 'customer'] %}
    select
        cohort_month,
        segment_type,
        segment,
        '{{ stage }}' as to_stage,
        count_{{ stage_plural(stage) }} as count_converted
    from {{ ref('funnel_conversions') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

expected as (

    select
        entered.*,
        left(cast(entered.cohort_month as {{ dbt.type_string() }}), 7) as cohort
    from entered
    union all
    select
        segment_type,
        segment,
        cast(null as date) as cohort_month,
        from_stage,
        sum(count_entered) as count_entered,
        'all' as cohort
    from entered
    group by segment_type, segment, from_stage

),

curves as (

    select
        segment_type,
        segment,
        cohort,
        from_stage,
        to_stage,
        cohort_month,
        sum(case when days_since = 0 then count_at_risk end) as count_entered,
        sum(count_converted + count_censored) as count_exits,
        sum(count_converted) as count_converted
    from {{ ref('conversion_curves') }}
    group by segment_type, segment, cohort, from_stage, to_stage, cohort_month

)

select
    coalesce(expected.segment, curves.segment) as segment,
    coalesce(expected.cohort, curves.cohort) as cohort,
    coalesce(expected.from_stage, curves.from_stage) as from_stage,
    expected.count_entered,
    curves.count_exits
from expected
full outer join curves
    on
        expected.segment_type = curves.segment_type
        and expected.segment = curves.segment
        and expected.cohort = curves.cohort
        and expected.from_stage = curves.from_stage
left join converted
    on
        curves.segment_type = converted.segment_type
        and curves.segment = converted.segment
        and curves.cohort_month = converted.cohort_month
        and curves.to_stage = converted.to_stage
        and curves.from_stage = 'lead'
where
    coalesce(expected.count_entered, 0) <> coalesce(curves.count_entered, 0)
    or coalesce(curves.count_entered, 0) <> coalesce(curves.count_exits, 0)
    or (curves.cohort <> 'all' and curves.from_stage = 'lead' and converted.count_converted is null)
    or converted.count_converted <> curves.count_converted
