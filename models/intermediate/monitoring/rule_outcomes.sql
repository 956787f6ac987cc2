-- What became of the leads for which a rule has fired, from its first firing on, if they were no customers then.
with

firings as (

    select * from {{ ref('point_rule_firings') }}
    union all
    select * from {{ ref('stage_rule_firings') }}

),

judged as (

    select
        firings.*,
        outcomes.customer_at,
        outcomes.sql_at_by_crm,
        {{ add_time('firings.first_fired_at', var('outcome_days'), 'day') }} as outcome_ends_at,
        least(
            floor({{ seconds_between('outcomes.created_at', 'firings.first_fired_at') }} / (7 * 86400)),
            {{ last_age_week() }}
        ) as age_week,
        coalesce(outcomes.customer_at, {{ end_of_time() }}) > firings.first_fired_at
        and {{ add_time('firings.first_fired_at', var('outcome_days'), 'day') }} <= {{ as_of() }} as is_mature
    from firings
    inner join {{ ref('lead_outcomes') }} as outcomes on firings.lead_id = outcomes.lead_id

)

select
    judged.scorecard_id,
    judged.rule_kind,
    judged.stage,
    judged.rule_id,
    count(*) as count_fired_leads,
    sum(judged.holds_now) as count_leads_now,
    sum(judged.points) as points_now,
    sum(case when judged.is_mature then 1 else 0 end) as count_mature_leads,
    sum(case when judged.is_mature and judged.customer_at < judged.outcome_ends_at then 1 else 0 end) as count_wins,
    sum(case when judged.is_mature and judged.sql_at_by_crm < judged.outcome_ends_at then 1 else 0 end) as count_sqls,
    -- Sums of doubles differ in their last digits with the order of the rows.
    {{ rounded('sum(case when judged.is_mature then ' ~ rate('ages.count_wins', 'ages.count_leads') ~ ' else 0 end)') }}
        as expected_wins,
    min(judged.first_fired_at) as first_fired_at,
    max(judged.last_fired_at) as last_fired_at
from judged
left join {{ ref('win_rates_by_age') }} as ages on judged.age_week = ages.age_week
group by judged.scorecard_id, judged.rule_kind, judged.stage, judged.rule_id
