-- Are scores worth what they say: does the win rate grow with the band, and is it still what the band was worth before?
select
    scorecard_id,
    score_band,
    sum(count_leads) as count_leads,
    sum(count_wins) as count_wins,
    {{ rate('sum(count_wins)', 'sum(count_leads)') }} as win_rate,
    {{ wilson('sum(count_wins)', 'sum(count_leads)', -1) }} as win_rate_low,
    {{ wilson('sum(count_wins)', 'sum(count_leads)', 1) }} as win_rate_high,
    {{ rate('sum(earlier_win_rate * count_leads)', 'sum(case when earlier_win_rate is not null then count_leads end)') }}
        as expected_win_rate,
    sum(case when is_as_expected then 1 else 0 end) as count_months_as_expected,
    sum(case when not is_as_expected then 1 else 0 end) as count_months_otherwise
from {{ ref('scorecard_performance') }}
where is_mature
group by scorecard_id, score_band, min_score
order by scorecard_id asc, min_score desc
