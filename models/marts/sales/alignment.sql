{% set counts = {
    'count_accepted': 'is_accepted', 'count_rejected': 'is_rejected',
    'count_undecided': "outcome = 'undecided'", 'count_returned': 'is_returned', 'count_premature': 'is_premature',
    'count_agreed': "agreement = 'both'", 'count_rules_only': "agreement = 'rules only'",
    'count_crm_only': "agreement = 'crm only'", 'count_with_opportunity': 'has_opportunity', 'count_won': 'is_won',
} %}
{#- The decisions of one month are too few to judge a rule by. -#}
{% set year = 'partition by scorecard_id, stage, rule_id '
    ~ 'order by extract(year from handover_month) * 12 + extract(month from handover_month) '
    ~ 'range between 11 preceding and current row' %}

with

handoffs as (

    select
        handoffs.*,
        {{ month_of('handed_over_at') }} as handover_month,
        coalesce(rule_id, '(crm)') as decided_rule_id
    from {{ ref('handoffs') }} as handoffs

),

counted as (

    select
        handover_month,
        scorecard_id,
        stage,
        decided_rule_id as rule_id,
        {% for name, condition in counts.items() %}
        cast(sum(case when {{ condition }} then 1 else 0 end) as bigint) as {{ name }},
        {% endfor %}
        cast(count(*) as bigint) as count_handed_over
    from handoffs
    group by handover_month, scorecard_id, stage, decided_rule_id

),

judged as (

    select
        counted.*,
        count_accepted + count_rejected as count_decided,
        cast(sum(count_accepted) over ({{ year }}) as bigint) as count_accepted_in_year,
        cast(sum(count_accepted + count_rejected) over ({{ year }}) as bigint) as count_decided_in_year
    from counted

),

top_reasons as (

    select
        handover_month,
        scorecard_id,
        stage,
        rule_id,
        {{ joined_text(
            "rejection_reason || ' (' || cast(count_rejected as " ~ dbt.type_string() ~ ") || ')'", "', '", 'reason_rank'
        ) }} as top_rejection_reasons
    from {{ ref('alignment_rejections') }}
    where reason_rank <= 3
    group by handover_month, scorecard_id, stage, rule_id

)

select
    judged.handover_month,
    judged.scorecard_id,
    judged.stage,
    judged.rule_id,
    top_reasons.top_rejection_reasons,
    judged.count_handed_over,
    {% for name in counts %}
    judged.{{ name }},
    {% endfor %}
    {{ rate('judged.count_accepted', 'judged.count_handed_over') }} as acceptance_rate,
    {{ wilson('judged.count_accepted', 'judged.count_handed_over', -1) }} as acceptance_rate_low,
    {{ wilson('judged.count_accepted', 'judged.count_handed_over', 1) }} as acceptance_rate_high,
    {{ rate('judged.count_accepted', 'judged.count_decided') }} as precision_rate,
    {{ wilson('judged.count_accepted', 'judged.count_decided', -1) }} as precision_rate_low,
    {{ wilson('judged.count_accepted', 'judged.count_decided', 1) }} as precision_rate_high,
    judged.count_accepted_in_year,
    judged.count_decided_in_year,
    {{ rate('judged.count_accepted_in_year', 'judged.count_decided_in_year') }} as precision_in_year_rate,
    {{ wilson('judged.count_accepted_in_year', 'judged.count_decided_in_year', 1) }} as precision_in_year_rate_high,
    coalesce(
        {{ wilson('judged.count_accepted_in_year', 'judged.count_decided_in_year', 1) }}
        < {{ var('lenient_acceptance_rate') }}, false
    ) as is_too_lenient
from judged
left join top_reasons
    on
        judged.handover_month = top_reasons.handover_month
        and judged.scorecard_id = top_reasons.scorecard_id
        and judged.stage = top_reasons.stage
        and judged.rule_id = top_reasons.rule_id
