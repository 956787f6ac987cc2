-- The stage's entries at every threshold that the clause could have had, always: all thresholds above `above_value` and up
-- to `up_to_value` bring the lead into the stage at one moment. Where the CRM has a say too, it brings in most leads that
-- come far by itself: what the rules alone would have done stands beside.
with

authorities as (

    {% for stage, authority in var('stage_authority').items() %}
    select '{{ stage }}' as stage, '{{ authority }}' as authority{{ ' union all' if not loop.last }}
    {% endfor %}

),

clauses as (

    select
        tunable.clause_id,
        'authority' as decided_by,
        coalesce(authorities.authority, 'earliest') as authority
    from {{ ref('tunable_clauses') }} as tunable
    left join authorities on tunable.stage = authorities.stage
    union all
    select
        clause_id,
        'rules' as decided_by,
        'rules' as authority
    from {{ ref('tunable_clauses') }}

),

moments as (

    select
        moments.lead_id,
        moments.clause_id,
        clauses.decided_by,
        moments.cycle_number,
        moments.reached_value,
        1 as by_score,
        moments.reached_at as entered_at
    from {{ ref('metric_moments') }} as moments
    inner join clauses on moments.clause_id = clauses.clause_id
    where clauses.authority <> 'crm'
    union all
    select
        rivals.lead_id,
        rivals.clause_id,
        clauses.decided_by,
        rivals.cycle_number,
        cast(null as decimal(18, 6)) as reached_value,
        0 as by_score,
        case clauses.authority
            when 'rules' then rivals.other_rule_at
            when 'crm' then rivals.crm_at
            else least(rivals.other_rule_at, rivals.crm_at)
        end as entered_at
    from {{ ref('clause_rivals') }} as rivals
    inner join clauses on rivals.clause_id = clauses.clause_id

),

-- The score counts where it is higher than ever before in the cycle, and until the lead enters otherwise.
ordered as (

    select
        moments.*,
        max(reached_value) over (
            partition by lead_id, clause_id, decided_by, cycle_number
            order by entered_at, by_score
            rows between unbounded preceding and 1 preceding
        ) as above_value,
        min(by_score) over (
            partition by lead_id, clause_id, decided_by, cycle_number
            order by entered_at, by_score
            rows between unbounded preceding and 1 preceding
        ) as only_by_score
    from moments
    where entered_at is not null

)

select
    ordered.lead_id,
    ordered.clause_id,
    ordered.decided_by,
    ordered.cycle_number,
    ordered.above_value,
    ordered.reached_value as up_to_value,
    ordered.entered_at
from ordered
left join {{ ref('clause_rivals') }} as rivals
    on
        ordered.lead_id = rivals.lead_id
        and ordered.clause_id = rivals.clause_id
        and ordered.cycle_number = rivals.cycle_number
where
    coalesce(ordered.only_by_score, 1) = 1
    and (ordered.by_score = 0 or coalesce(ordered.reached_value > ordered.above_value, true))
    -- A stage that a later one came before was jumped over and has no time.
    and ordered.entered_at <= coalesce(rivals.later_stage_at, {{ end_of_time() }})
