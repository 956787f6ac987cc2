-- Has the score drifted: do leads score otherwise than a month before, and does it still rank buyers first?
select
    scorecard_id,
    score_month,
    count_leads,
    average_score,
    population_stability_index,
    chance_stability_index,
    baseline_stability_index,
    roc_auc,
    roc_auc_low,
    roc_auc_high,
    case
        when is_drifting then 'drifting'
        when is_watched then 'watch it'
        when is_watched is null then 'nothing to compare with'
        else 'steady'
    end as verdict
from {{ ref('scorecard_drift') }}
order by scorecard_id asc, score_month desc
