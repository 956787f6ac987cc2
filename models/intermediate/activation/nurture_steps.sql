-- The first rule of nurture_rules that fits a lead and suggests a type of content that it has not seen.
with

rules as (

    select * from {{ ref('nurture_rules') }}

),

signals as (

    select distinct
        activities.lead_id,
        signals.signal
    from {{ ref('lead_activities') }} as activities
    inner join {{ ref('activity_signals') }} as signals on activities.activity_type = signals.activity_type
    where signals.signal in (
        select seen_activity_type from rules
        {{ union_distinct() }}
        select not_seen_activity_type from rules
    )

),

seen_types as (

    select distinct
        lead_id,
        content_type
    from {{ ref('lead_contents') }}

),

fitting as (

    select
        candidates.lead_id,
        rules.priority,
        rules.next_content_type,
        rules.description,
        row_number() over (partition by candidates.lead_id order by rules.priority) as fit_rank
    from {{ ref('nurture_candidates') }} as candidates
    inner join rules
        on
            candidates.stage = coalesce(rules.stage, candidates.stage)
            and candidates.count_last_emails_opened >= coalesce(rules.last_emails_opened, 0)
    left join signals as wanted
        on
            candidates.lead_id = wanted.lead_id
            and rules.seen_activity_type = wanted.signal
    left join signals as unwanted
        on
            candidates.lead_id = unwanted.lead_id
            and rules.not_seen_activity_type = unwanted.signal
    left join seen_types
        on
            candidates.lead_id = seen_types.lead_id
            and rules.next_content_type = seen_types.content_type
    where
        (rules.seen_activity_type is null or wanted.lead_id is not null)
        and unwanted.lead_id is null
        and seen_types.lead_id is null

)

select
    lead_id,
    priority as rule_priority,
    next_content_type,
    description
from fitting
where fit_rank = 1
