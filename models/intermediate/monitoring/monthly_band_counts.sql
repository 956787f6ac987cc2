-- Every band in every month, also those without a lead.
with

counted as (

    select
        counts.scorecard_id,
        counts.score_month,
        least(floor(counts.score * 10 / scorecards.max_score), 9) as band_number,
        sum(counts.count_leads) as count_leads,
        sum(counts.count_wins) as count_wins
    from {{ ref('monthly_score_counts') }} as counts
    inner join {{ ref('scorecards') }} as scorecards on counts.scorecard_id = scorecards.scorecard_id
    group by counts.scorecard_id, counts.score_month, least(floor(counts.score * 10 / scorecards.max_score), 9)

),

filled as (

    select
        bands.scorecard_id,
        months.score_month,
        bands.band_number,
        bands.score_band,
        bands.min_score,
        cast(coalesce(counted.count_leads, 0) as bigint) as count_leads,
        cast(coalesce(counted.count_wins, 0) as bigint) as count_wins,
        months.is_mature,
        months.decided_at,
        months.outcome_ends_at
    from {{ ref('total_score_bands') }} as bands
    cross join {{ ref('score_months') }} as months
    left join counted
        on
            bands.scorecard_id = counted.scorecard_id
            and months.score_month = counted.score_month
            and bands.band_number = counted.band_number

)

select
    filled.*,
    cast(sum(count_leads) over (partition by scorecard_id, score_month) as bigint) as count_month_leads
from filled
