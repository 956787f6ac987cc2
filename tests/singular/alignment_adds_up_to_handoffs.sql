-- Every hand-over stands in one row of alignment, and every rejection in one of alignment_rejections: per month and rule the
-- three marts count the same.
with

handoffs as (

    select
        {{ month_of('handed_over_at') }} as handover_month,
        stage,
        coalesce(rule_id, '(crm)') as rule_id,
        count(*) as count_handed_over,
        count(accepted_at) as count_accepted,
        count(rejected_at) as count_rejected,
        count(returned_at) as count_returned,
        count(opportunity_at) as count_with_opportunity,
        count(won_at) as count_won
    from {{ ref('handoffs') }}
    group by {{ month_of('handed_over_at') }}, stage, coalesce(rule_id, '(crm)')

),

rejections as (

    select
        handover_month,
        stage,
        rule_id,
        sum(count_rejected) as count_rejected,
        count(*) as count_reasons,
        max(reason_rank) as last_rank
    from {{ ref('alignment_rejections') }}
    group by handover_month, stage, rule_id

)

select
    coalesce(alignment.handover_month, handoffs.handover_month) as handover_month,
    coalesce(alignment.stage, handoffs.stage) as stage,
    coalesce(alignment.rule_id, handoffs.rule_id) as rule_id
from {{ ref('alignment') }} as alignment
full outer join handoffs
    on
        alignment.handover_month = handoffs.handover_month
        and alignment.stage = handoffs.stage
        and alignment.rule_id = handoffs.rule_id
left join rejections
    on
        handoffs.handover_month = rejections.handover_month
        and handoffs.stage = rejections.stage
        and handoffs.rule_id = rejections.rule_id
where
    alignment.rule_id is null
    or handoffs.rule_id is null
    {% for name in [
        'count_handed_over', 'count_accepted', 'count_rejected', 'count_returned', 'count_with_opportunity', 'count_won',
    ] %}
    or alignment.{{ name }} <> handoffs.{{ name }}
    {% endfor %}
    or coalesce(rejections.count_rejected, 0) <> handoffs.count_rejected
    or rejections.count_reasons <> rejections.last_rank
