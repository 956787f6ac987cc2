with

counted as (

    select
        rules.*,
        coalesce(fired.count_fired_leads, 0) as count_fired_leads,
        coalesce(fired.count_leads_now, 0) as count_leads_now,
        fired.points_now,
        coalesce(fired.count_mature_leads, 0) as count_mature_leads,
        coalesce(fired.count_wins, 0) as count_wins,
        coalesce(fired.count_sqls, 0) as count_sqls,
        fired.expected_wins,
        fired.first_fired_at,
        fired.last_fired_at
    from {{ ref('scoring_rules') }} as rules
    left join {{ ref('rule_outcomes') }} as fired
        on
            rules.scorecard_id = fired.scorecard_id
            and rules.rule_kind = fired.rule_kind
            and coalesce(rules.stage, '') = coalesce(fired.stage, '')
            and rules.rule_id = fired.rule_id

),

rated as (

    select
        counted.*,
        {% for name, part in {'sql_rate': 'count_sqls', 'win_rate': 'count_wins'}.items() %}
        {{ rate(part, 'count_mature_leads') }} as {{ name }},
        {{ wilson(part, 'count_mature_leads', -1) }} as {{ name }}_low,
        {{ wilson(part, 'count_mature_leads', 1) }} as {{ name }}_high,
        {% endfor %}
        {{ rate('expected_wins', 'count_mature_leads') }} as base_win_rate
    from counted

)

select
    scorecard_id,
    rule_id,
    group_id,
    rule_kind,
    stage,
    description,
    points,
    cast(count_fired_leads as bigint) as count_fired_leads,
    cast(count_leads_now as bigint) as count_leads_now,
    {{ rate('points_now', 'count_leads_now') }} as average_points,
    cast(count_mature_leads as bigint) as count_mature_leads,
    cast(count_sqls as bigint) as count_sqls,
    cast(count_wins as bigint) as count_wins,
    sql_rate,
    sql_rate_low,
    sql_rate_high,
    win_rate,
    win_rate_low,
    win_rate_high,
    base_win_rate,
    win_rate / nullif(base_win_rate, 0) as lift,
    win_rate_low / nullif(base_win_rate, 0) as lift_low,
    win_rate_high / nullif(base_win_rate, 0) as lift_high,
    {{ days_between('last_fired_at', as_of()) }} as days_since_fired,
    count_fired_leads > 0 as has_fired,
    is_valid,
    -- Without a win the interval begins at 0 but for the last digits.
    win_rate_low - 1e-9 > base_win_rate or win_rate_high + 1e-9 < base_win_rate as is_informative,
    first_fired_at,
    last_fired_at
from rated
