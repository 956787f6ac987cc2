-- Where the same leads stood at the same moment by the history as it is now. With the same criteria it is the same.
with

bands as (

    select
        scorecard_id,
        dimension,
        band,
        min_points,
        coalesce(
            lead(min_points) over (
                partition by scorecard_id, dimension
                order by min_points asc, band desc
            ), 999999999999
        ) as next_min_points
    from {{ ref('score_bands') }}

)

select
    earlier.lead_id,
    earlier.scorecard_id,
    coalesce(fit_bands.band, '') || coalesce(engagement_bands.band, '') as grade,
    steps.score,
    coalesce(times.mql_at <= earlier.compared_at, false) as is_mql,
    coalesce(times.sql_at <= earlier.compared_at, false) as is_sql
from {{ ref('earlier_standings') }} as earlier
inner join {{ ref('score_steps') }} as steps
    on
        earlier.lead_id = steps.lead_id
        and earlier.scorecard_id = steps.scorecard_id
        and earlier.compared_at >= steps.entered_at
        and earlier.compared_at < steps.held_until
{% for dimension in ['fit', 'engagement'] %}
left join bands as {{ dimension }}_bands
    on
        steps.scorecard_id = {{ dimension }}_bands.scorecard_id
        and {{ dimension }}_bands.dimension = '{{ dimension }}'
        and steps.{{ dimension }}_score >= {{ dimension }}_bands.min_points
        and steps.{{ dimension }}_score < {{ dimension }}_bands.next_min_points
{% endfor %}
left join {{ ref('first_stage_times') }} as times on earlier.lead_id = times.lead_id
-- Where the clock was turned back, nothing is known of that moment.
where earlier.compared_at <= {{ as_of() }}
