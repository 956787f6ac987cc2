with

scorecards as (

    select * from {{ ref('scorecards') }}

),

{% for name, days in {'current_scores': 0, 'week_ago': 7, 'month_ago': 30}.items() %}
{{ name }} as (

    select * from {{ ref('score_steps') }}
    where
        entered_at <= {{ add_time(as_of(), -days, 'day') }}
        and held_until > {{ add_time(as_of(), -days, 'day') }}

),

{% endfor %}
{% for dimension in ['fit', 'engagement'] %}
{{ dimension }}_bands as (

    select
        current_scores.lead_id,
        current_scores.scorecard_id,
        bands.band,
        row_number() over (
            partition by current_scores.lead_id, current_scores.scorecard_id
            order by bands.min_points desc, bands.band asc
        ) as band_rank
    from current_scores
    inner join {{ ref('score_bands') }} as bands
        on
            current_scores.scorecard_id = bands.scorecard_id
            and bands.dimension = '{{ dimension }}'
            and current_scores.{{ dimension }}_score >= bands.min_points

),

{% endfor %}
drops as (

    select * from {{ ref('score_drops') }}

),

top_reasons as (

    select * from {{ ref('score_top_reasons') }}

)

select
    current_scores.lead_id,
    current_scores.scorecard_id,
    fit_bands.band as fit_band,
    engagement_bands.band as engagement_band,
    coalesce(fit_bands.band, '') || coalesce(engagement_bands.band, '') as grade,
    case
        when current_scores.score > coalesce(week_ago.score, 0) then 'rising'
        when current_scores.score < coalesce(week_ago.score, 0) then 'falling'
        else 'steady'
    end as trend,
    top_reasons.top_reasons,
    current_scores.fit_score,
    current_scores.engagement_score,
    current_scores.score,
    week_ago.score as score_7_days_ago,
    month_ago.score as score_30_days_ago,
    cast(drops.next_drop_points as decimal(18, 6)) as next_drop_points,
    scorecards.is_champion,
    drops.next_drop_at,
    {{ as_of() }} as as_of
from current_scores
inner join scorecards on current_scores.scorecard_id = scorecards.scorecard_id
left join week_ago
    on
        current_scores.lead_id = week_ago.lead_id
        and current_scores.scorecard_id = week_ago.scorecard_id
left join month_ago
    on
        current_scores.lead_id = month_ago.lead_id
        and current_scores.scorecard_id = month_ago.scorecard_id
left join fit_bands
    on
        current_scores.lead_id = fit_bands.lead_id
        and current_scores.scorecard_id = fit_bands.scorecard_id
        and fit_bands.band_rank = 1
left join engagement_bands
    on
        current_scores.lead_id = engagement_bands.lead_id
        and current_scores.scorecard_id = engagement_bands.scorecard_id
        and engagement_bands.band_rank = 1
left join drops
    on
        current_scores.lead_id = drops.lead_id
        and current_scores.scorecard_id = drops.scorecard_id
left join top_reasons
    on
        current_scores.lead_id = top_reasons.lead_id
        and current_scores.scorecard_id = top_reasons.scorecard_id
