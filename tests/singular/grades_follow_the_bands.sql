-- A grade is the highest band whose points are reached, in each dimension; reached bands above it, or a band that is not
-- reached, would sort leads wrongly.
with

reached as (

    {% for dimension in ['fit', 'engagement'] %}
    select
        scores.lead_id,
        scores.scorecard_id,
        '{{ dimension }}' as dimension,
        scores.{{ dimension }}_band as band,
        max(bands.min_points) as needed_points
    from {{ ref('lead_scores') }} as scores
    left join {{ ref('score_bands') }} as bands
        on
            scores.scorecard_id = bands.scorecard_id
            and bands.dimension = '{{ dimension }}'
            and scores.{{ dimension }}_score >= bands.min_points
    group by scores.lead_id, scores.scorecard_id, scores.{{ dimension }}_band
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    reached.lead_id,
    reached.scorecard_id,
    reached.dimension,
    reached.band,
    reached.needed_points
from reached
left join {{ ref('score_bands') }} as bands
    on
        reached.scorecard_id = bands.scorecard_id
        and reached.dimension = bands.dimension
        and reached.band = bands.band
        and reached.needed_points = bands.min_points
where (reached.needed_points is not null or reached.band is not null) and bands.band is null
union all
select
    lead_id,
    scorecard_id,
    'grade' as dimension,
    grade as band,
    cast(null as decimal(18, 6)) as needed_points
from {{ ref('lead_scores') }}
where grade <> coalesce(fit_band, '') || coalesce(engagement_band, '')
