-- The months of scorecard_drift are the sums of the bands of scorecard_performance.
with

summed as (

    select
        scorecard_id,
        score_month,
        sum(count_leads) as count_leads,
        sum(count_wins) as count_wins,
        sum(population_stability_part) as population_stability_index
    from {{ ref('scorecard_performance') }}
    group by scorecard_id, score_month

)

select
    drift.scorecard_id,
    drift.score_month,
    summed.count_leads,
    summed.count_wins,
    summed.population_stability_index
from {{ ref('scorecard_drift') }} as drift
full outer join summed
    on
        drift.scorecard_id = summed.scorecard_id
        and drift.score_month = summed.score_month
where
    drift.count_leads is distinct from summed.count_leads
    or drift.count_wins is distinct from summed.count_wins
    or (drift.population_stability_index is null) <> (summed.population_stability_index is null)
    or abs(drift.population_stability_index - summed.population_stability_index) > 1e-9
