{#- Written out: Snowflake and Redshift have no `window` clause. -#}
{% set months = '(partition by scorecard_id, band_number order by score_month)' %}
with

counts as (

    select * from {{ ref('monthly_band_counts') }}

),

-- What the same band has come to in the months that were over, outcome and all, when this one was decided.
earlier as (

    select
        counts.scorecard_id,
        counts.score_month,
        counts.band_number,
        sum(past.count_leads) as count_leads,
        sum(past.count_wins) as count_wins
    from counts
    inner join counts as past
        on
            counts.scorecard_id = past.scorecard_id
            and counts.band_number = past.band_number
            and counts.decided_at >= past.outcome_ends_at
    group by counts.scorecard_id, counts.score_month, counts.band_number

),

rated as (

    select
        counts.*,
        case when counts.is_mature then counts.count_leads end as count_judged,
        {{ rate('earlier.count_wins', 'earlier.count_leads') }} as earlier_win_rate,
        shares.stability_part
    from counts
    left join earlier
        on
            counts.scorecard_id = earlier.scorecard_id
            and counts.score_month = earlier.score_month
            and counts.band_number = earlier.band_number
    inner join {{ ref('monthly_band_shares') }} as shares
        on
            counts.scorecard_id = shares.scorecard_id
            and counts.score_month = shares.score_month
            and counts.band_number = shares.band_number

)

select
    scorecard_id,
    score_month,
    score_band,
    min_score,
    count_leads,
    count_wins,
    {{ rate('count_leads', 'count_month_leads') }} as lead_share,
    {{ rate('lag(count_leads) over ' ~ months, 'lag(count_month_leads) over ' ~ months) }} as lead_share_before,
    {{ rounded('stability_part') }} as population_stability_part,
    {{ rate('count_wins', 'count_judged') }} as win_rate,
    {{ wilson('count_wins', 'count_judged', -1) }} as win_rate_low,
    {{ wilson('count_wins', 'count_judged', 1) }} as win_rate_high,
    earlier_win_rate,
    {{ rate('count_wins', 'count_judged') }} - earlier_win_rate as win_rate_difference,
    -- Without a win the interval begins at 0 but for the last digits.
    earlier_win_rate >= {{ wilson('count_wins', 'count_judged', -1) }} - 1e-9
    and earlier_win_rate <= {{ wilson('count_wins', 'count_judged', 1) }} + 1e-9 as is_as_expected,
    is_mature,
    decided_at,
    outcome_ends_at
from rated
