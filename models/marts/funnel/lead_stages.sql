{% set stages = ['mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer'] %}

with

leads as (

    select
        lead_id,
        created_at
    from {{ ref('resolved_leads') }}

),

champions as (

    select scorecard_id
    from {{ ref('scorecards') }}
    where is_champion

),

first_times as (

    select * from {{ ref('first_stage_times') }}

),

opinions as (

    select * from {{ ref('first_stage_opinions') }}

),

cycles as (

    select * from {{ ref('current_cycles') }}

),

exclusions as (

    select
        lead_id,
        min(reason) as exclusion_reason
    from {{ ref('exclusion_spans') }}
    where excluded_from <= {{ as_of() }} and excluded_to > {{ as_of() }}
    group by lead_id

),

scores as (

    select
        steps.lead_id,
        steps.score,
        steps.entered_at,
        steps.held_until
    from {{ ref('score_steps') }} as steps
    inner join champions on steps.scorecard_id = champions.scorecard_id

)

select
    leads.lead_id,
    champions.scorecard_id,
    first_times.mql_rule_id,
    first_times.sql_rule_id,
    {{ current_stage('cycles') }} as stage,
    {{ stage_name('coalesce(first_times.furthest_rank, 1)') }} as furthest_stage,
    {{ skipped_stages('first_times') }} as skipped_stages,
    exclusions.exclusion_reason,
    case when cycles.is_disqualified then cycles.disqualified_reason end as disqualified_reason,
    cycles.recycled_reason,
    case
        when opinions.mql_at_by_rules is not null and opinions.mql_at_by_crm is not null then 'both'
        when opinions.mql_at_by_rules is not null then 'rules only'
        when opinions.mql_at_by_crm is not null then 'crm only'
        else 'neither'
    end as mql_agreement,
    case
        when opinions.sql_at_by_rules is not null and opinions.sql_at_by_crm is not null then 'both'
        when opinions.sql_at_by_rules is not null then 'rules only'
        when opinions.sql_at_by_crm is not null then 'crm only'
        else 'neither'
    end as sql_agreement,
    cast(cycles.cycle_number as bigint) as cycle_number,
    mql_scores.score as mql_score,
    sql_scores.score as sql_score,
    {{ days_between('leads.created_at', 'first_times.mql_at') }} as days_lead_to_mql,
    {{ days_between('first_times.mql_at', 'first_times.sal_at') }} as days_mql_to_sal,
    {{ days_between('first_times.sal_at', 'first_times.sql_at') }} as days_sal_to_sql,
    {{ days_between('first_times.mql_at', 'first_times.sql_at') }} as days_mql_to_sql,
    {{ days_between('first_times.sql_at', 'first_times.opportunity_at') }} as days_sql_to_opportunity,
    {{ days_between('first_times.opportunity_at', 'first_times.customer_at') }} as days_opportunity_to_customer,
    {{ days_between('leads.created_at', 'first_times.customer_at') }} as days_lead_to_customer,
    true as is_lead,
    {% for stage in stages %}
    first_times.{{ stage }}_at is not null as is_{{ stage }},
    {% endfor %}
    cycles.is_recycled,
    cycles.is_disqualified,
    exclusions.lead_id is not null as is_excluded,
    leads.created_at,
    {% for stage in stages %}
    first_times.{{ stage }}_at,
    {% endfor %}
    cycles.disqualified_at,
    cycles.cycle_started_at,
    cycles.cycle_mql_at,
    cycles.cycle_sql_at,
    opinions.mql_at_by_rules,
    opinions.mql_at_by_crm,
    opinions.sql_at_by_rules,
    opinions.sql_at_by_crm
from leads
cross join champions
inner join cycles on leads.lead_id = cycles.lead_id
left join first_times on leads.lead_id = first_times.lead_id
left join opinions on leads.lead_id = opinions.lead_id
left join exclusions on leads.lead_id = exclusions.lead_id
{% for stage in ['mql', 'sql'] %}
left join scores as {{ stage }}_scores
    on
        leads.lead_id = {{ stage }}_scores.lead_id
        and first_times.{{ stage }}_at >= {{ stage }}_scores.entered_at
        and first_times.{{ stage }}_at < {{ stage }}_scores.held_until
{% endfor %}
