-- Every moment at which a lead could enter a stage, by whom. In a later cycle rules count at new activities only.
with

champion_rules as (

    select distinct
        clauses.stage_rule_id,
        clauses.stage,
        clauses.rule_id
    from {{ ref('stage_clauses') }} as clauses
    inner join {{ ref('scorecards') }} as scorecards
        on
            clauses.scorecard_id = scorecards.scorecard_id
            and scorecards.is_champion

),

champion_spans as (

    select
        spans.lead_id,
        rules.stage,
        rules.rule_id,
        spans.holds_from,
        spans.holds_to
    from {{ ref('stage_rule_spans') }} as spans
    inner join champion_rules as rules on spans.stage_rule_id = rules.stage_rule_id

),

moments as (

    select
        lead_id,
        stage,
        'rules' as decided_by,
        true as is_first_cycle,
        rule_id,
        holds_from as moment
    from champion_spans
    union all
    select
        spans.lead_id,
        spans.stage,
        'rules' as decided_by,
        false as is_first_cycle,
        spans.rule_id,
        activities.moment
    from champion_spans as spans
    inner join {{ ref('new_activity_moments') }} as activities
        on
            spans.lead_id = activities.lead_id
            and activities.moment >= spans.holds_from
            and activities.moment < spans.holds_to
    union all
    select
        lead_id,
        stage,
        'crm' as decided_by,
        cast(null as boolean) as is_first_cycle,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        entered_at as moment
    from {{ ref('crm_stage_events') }}
    where stage in ('mql', 'sal', 'sql')
    union all
    select
        lead_id,
        'opportunity' as stage,
        'opportunities' as decided_by,
        cast(null as boolean) as is_first_cycle,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        entered_at as moment
    from {{ ref('lead_opportunities') }}
    where lead_id is not null
    union all
    select
        lead_id,
        case win_number when 1 then 'customer' else 'repeat_customer' end as stage,
        'opportunities' as decided_by,
        cast(null as boolean) as is_first_cycle,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        decided_at as moment
    from {{ ref('lead_opportunities') }}
    where win_number in (1, 2)

)

select
    lead_id,
    stage,
    decided_by,
    is_first_cycle,
    rule_id,
    case
        {% for stage, authority in var('stage_authority').items() %}
        when stage = '{{ stage }}' then {{ "true" if authority == 'earliest' else "decided_by = '" ~ authority ~ "'" }}
        {% endfor %}
        else true
    end as has_authority,
    moment
from moments
where moment <= {{ as_of() }}
