-- Whom to call: nobody who opted out, is excluded or disqualified, or whom sales have given back since.
with

entries as (

    select
        {{ hash_of(['transitions.lead_id', 'transitions.cycle_number', 'transitions.stage']) }} as alert_id,
        transitions.*,
        lead_stages.stage as current_stage
    from {{ ref('stage_transitions') }} as transitions
    inner join {{ ref('lead_stages') }} as lead_stages
        on
            transitions.lead_id = lead_stages.lead_id
            and transitions.cycle_number = lead_stages.cycle_number
    where
        {{ is_alert_stage('transitions.stage') }}
        and transitions.entered_at > {{ add_time(as_of(), -var('alert_days'), 'day') }}
        and not lead_stages.is_excluded
        and not lead_stages.is_disqualified

),

rule_words as (

    select
        entries.alert_id,
        clauses.description,
        row_number() over (partition by entries.alert_id order by clauses.clause) as clause_rank
    from entries
    inner join {{ ref('stage_clauses') }} as clauses
        on
            entries.scorecard_id = clauses.scorecard_id
            and entries.stage = clauses.stage
            and entries.rule_id = clauses.rule_id
            and entries.entered_at >= clauses.valid_from
            and entries.entered_at < clauses.valid_to

),

crm_words as (

    select
        lead_id,
        stage,
        entered_at,
        min(crm_status) as crm_status
    from {{ ref('crm_stage_events') }}
    group by lead_id, stage, entered_at

),

-- What was known at the entry, so that an alert tells the same story in every build.
activity_words as (

    select
        entries.alert_id,
        left(cast(activities.occurred_at as {{ dbt.type_string() }}), 16) || ' ' || types.description
        || coalesce(': ' || left({{ one_line('activities.content_name') }}, 100), '') as activity,
        row_number() over (
            partition by entries.alert_id
            order by activities.occurred_at desc, activities.activity_id asc
        ) as recency
    from entries
    inner join {{ ref('activities') }} as activities
        on
            entries.lead_id = activities.lead_id
            and entries.entered_at >= activities.known_at
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    where activities.activity_type <> 'inactivity'

),

last_activities as (

    select
        alert_id,
        max(case when recency = 1 then activity end)
        || coalesce(chr(10) || max(case when recency = 2 then activity end), '')
        || coalesce(chr(10) || max(case when recency = 3 then activity end), '')
        || coalesce(chr(10) || max(case when recency = 4 then activity end), '')
        || coalesce(chr(10) || max(case when recency = 5 then activity end), '') as last_activities
    from activity_words
    where recency <= 5
    group by alert_id

)

select
    entries.alert_id,
    entries.lead_id,
    entries.scorecard_id,
    entries.rule_id,
    leads.owner_id,
    entries.stage,
    entries.current_stage,
    entries.decided_by,
    leads.email,
    leads.phone,
    leads.first_name,
    leads.last_name,
    leads.job_title,
    leads.company_name,
    leads.country,
    scores.grade,
    case entries.decided_by
        when 'rules' then coalesce(rule_words.description, 'Rule ' || entries.rule_id)
        when 'crm' then 'The CRM says ' || crm_words.crm_status
        else 'Its opportunities say so'
    end || coalesce('. Most points: ' || scores.top_reasons, '') as why,
    interests.product_interest,
    next_steps.next_step,
    last_activities.last_activities,
    entries.cycle_number,
    entries.score,
    scores.score as current_score,
    entries.entered_at,
    {{ add_time('entries.entered_at', var('alert_days'), 'day') }} as expires_at
from entries
inner join {{ ref('leads') }} as leads on entries.lead_id = leads.lead_id
inner join {{ ref('lead_scores') }} as scores
    on
        entries.lead_id = scores.lead_id
        and entries.scorecard_id = scores.scorecard_id
left join rule_words
    on
        entries.alert_id = rule_words.alert_id
        and rule_words.clause_rank = 1
left join crm_words
    on
        entries.lead_id = crm_words.lead_id
        and entries.stage = crm_words.stage
        and entries.entered_at = crm_words.entered_at
left join last_activities on entries.alert_id = last_activities.alert_id
{% for told in ['interests', 'next_steps'] %}
left join {{ ref('alert_' ~ told) }} as {{ told }}
    on
        entries.lead_id = {{ told }}.lead_id
        and entries.cycle_number = {{ told }}.cycle_number
        and entries.stage = {{ told }}.stage
{% endfor %}
where not leads.has_opted_out
