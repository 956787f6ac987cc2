-- How well a month's scores put the leads that bought above those that did not. Of months of which that is known.
with

outcomes as (

    select
        counts.scorecard_id,
        counts.score_month,
        counts.score,
        counts.count_wins as wins,
        counts.count_leads - counts.count_wins as losses
    from {{ ref('monthly_score_counts') }} as counts
    inner join {{ ref('score_months') }} as months on counts.score_month = months.score_month
    where months.is_mature

),

ranked as (

    select
        outcomes.*,
        2 * sum(losses) over (partition by scorecard_id, score_month order by score) - losses as doubled_losses_below,
        2 * sum(wins) over (partition by scorecard_id, score_month order by score desc) - wins as doubled_wins_above
    from outcomes

),

summed as (

    select
        scorecard_id,
        score_month,
        sum(wins) as wins,
        sum(losses) as losses,
        sum(wins * doubled_losses_below) as doubled,
        sum(wins * doubled_losses_below * doubled_losses_below) as win_squares,
        sum(losses * doubled_wins_above * doubled_wins_above) as loss_squares
    from ranked
    group by scorecard_id, score_month

)

select
    scorecard_id,
    score_month,
    {{ ranking_chance('doubled', 'wins', 'losses') }} as roc_auc,
    {{ ranking_variance('doubled', 'win_squares', 'loss_squares', 'wins', 'losses') }} as roc_auc_variance
from summed
