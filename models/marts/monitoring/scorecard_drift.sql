with

scores as (

    select
        scorecard_id,
        score_month,
        sum(count_leads) as count_leads,
        sum(count_wins) as count_wins,
        sum(score * count_leads) as points
    from {{ ref('monthly_score_counts') }}
    group by scorecard_id, score_month

),

stability as (

    select
        scorecard_id,
        score_month,
        -- Sums of doubles differ in their last digits with the order of the rows.
        {{ rounded('sum(stability_part)') }} as population_stability_index,
        {{ rounded('sum(baseline_stability_part)') }} as baseline_stability_index
    from {{ ref('monthly_band_shares') }}
    group by scorecard_id, score_month

),

joined as (

    select
        stability.*,
        coalesce(scores.count_leads, 0) as count_leads,
        coalesce(scores.count_wins, 0) as count_wins,
        case when months.is_mature then coalesce(scores.count_leads, 0) end as count_judged,
        {{ rate('scores.points', 'scores.count_leads') }} as average_score,
        rankings.roc_auc,
        sqrt(rankings.roc_auc_variance) as roc_auc_deviation,
        {{ stability_by_chance('scores.count_leads', 'earlier_scores.count_leads') }} as chance_stability_index,
        months.is_mature,
        months.decided_at,
        months.outcome_ends_at
    from stability
    inner join {{ ref('score_months') }} as months on stability.score_month = months.score_month
    left join scores
        on
            stability.scorecard_id = scores.scorecard_id
            and stability.score_month = scores.score_month
    left join scores as earlier_scores
        on
            stability.scorecard_id = earlier_scores.scorecard_id
            and stability.score_month
            = cast({{ add_time('cast(earlier_scores.score_month as timestamp)', 1, 'month') }} as date)
    left join {{ ref('monthly_rankings') }} as rankings
        on
            stability.scorecard_id = rankings.scorecard_id
            and stability.score_month = rankings.score_month

)

select
    scorecard_id,
    score_month,
    cast(count_leads as bigint) as count_leads,
    cast(count_wins as bigint) as count_wins,
    average_score,
    population_stability_index,
    chance_stability_index,
    baseline_stability_index,
    {{ rate('count_wins', 'count_judged') }} as win_rate,
    {{ wilson('count_wins', 'count_judged', -1) }} as win_rate_low,
    {{ wilson('count_wins', 'count_judged', 1) }} as win_rate_high,
    roc_auc,
    case when roc_auc_deviation is not null then greatest(0.0, roc_auc - 1.959963984540054 * roc_auc_deviation) end
        as roc_auc_low,
    case when roc_auc_deviation is not null then least(1.0, roc_auc + 1.959963984540054 * roc_auc_deviation) end
        as roc_auc_high,
    is_mature,
    population_stability_index > greatest(0.1, chance_stability_index) as is_watched,
    population_stability_index > greatest(0.25, chance_stability_index) as is_drifting,
    decided_at,
    outcome_ends_at
from joined
