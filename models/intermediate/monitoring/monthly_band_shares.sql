-- The share of each band in a month beside those that it is held against. Half a lead is added to each band, for an empty
-- one would make the difference infinite.
with

counted as (

    select
        counts.*,
        lag(count_leads) over (partition by scorecard_id, band_number order by score_month) as count_leads_before,
        lag(count_month_leads) over (partition by scorecard_id, band_number order by score_month)
            as count_month_leads_before,
        row_number() over (partition by scorecard_id, band_number order by score_month) as month_number
    from {{ ref('monthly_band_counts') }} as counts

),

-- The first months of which it is known what became of the leads.
baselines as (

    select
        scorecard_id,
        band_number,
        sum(count_leads) as count_leads,
        sum(count_month_leads) as count_all_leads
    from counted
    where month_number <= 3 and is_mature
    group by scorecard_id, band_number
    having count(*) = 3

),

shares as (

    select
        counted.scorecard_id,
        counted.score_month,
        counted.band_number,
        case
            when counted.count_month_leads > 0
                then {{ smoothed_share('counted.count_leads', 'counted.count_month_leads', 10) }}
        end as share,
        case
            when counted.count_month_leads_before > 0
                then {{ smoothed_share('counted.count_leads_before', 'counted.count_month_leads_before', 10) }}
        end as share_before,
        case
            when counted.month_number > 3 and baselines.count_all_leads > 0
                then {{ smoothed_share('baselines.count_leads', 'baselines.count_all_leads', 10) }}
        end as baseline_share
    from counted
    left join baselines
        on
            counted.scorecard_id = baselines.scorecard_id
            and counted.band_number = baselines.band_number

)

select
    scorecard_id,
    score_month,
    band_number,
    {{ stability_part('share', 'share_before') }} as stability_part,
    {{ stability_part('share', 'baseline_share') }} as baseline_stability_part
from shares
