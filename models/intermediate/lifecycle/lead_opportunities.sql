with

opportunities as (

    select
        opportunities.*,
        leads.lead_id,
        leads.created_at as lead_created_at,
        -- A win that is dated after the as-of time is not known yet; one without a date is dated by its opportunity.
        opportunities.is_won and coalesce(opportunities.closed_at, opportunities.created_at) <= {{ as_of() }}
            as is_known_win,
        coalesce(opportunities.closed_at, opportunities.created_at) as decided_at
    from {{ ref('conformed_opportunities') }} as opportunities
    left join {{ ref('lead_nodes') }} as lead_nodes
        on 'record:' || opportunities.source_system || ':' || opportunities.lead_source_id = lead_nodes.node
    left join {{ ref('resolved_leads') }} as leads on lead_nodes.lead_id = leads.lead_id

),

wins as (

    select
        source_system,
        opportunity_source_id,
        row_number() over (
            partition by lead_id
            order by decided_at, opportunity_source_id, source_system
        ) as win_number
    from opportunities
    where is_known_win and lead_id is not null

)

select
    {{ hash_of(['opportunities.source_system', 'opportunities.opportunity_source_id']) }} as opportunity_id,
    opportunities.source_system,
    opportunities.opportunity_source_id,
    opportunities.lead_id,
    opportunities.account_source_id,
    opportunities.owner_id,
    opportunities.opportunity_type,
    opportunities.stage_name,
    wins.win_number,
    opportunities.amount,
    coalesce(opportunities.is_known_win, false) as is_won,
    coalesce(opportunities.is_closed or opportunities.is_won, false) and opportunities.decided_at <= {{ as_of() }}
        as is_closed,
    opportunities.created_at,
    case when opportunities.decided_at <= {{ as_of() }} then opportunities.closed_at end as closed_at,
    greatest(opportunities.created_at, opportunities.lead_created_at) as entered_at,
    greatest(opportunities.decided_at, opportunities.lead_created_at) as decided_at,
    coalesce(opportunities.decided_at < opportunities.lead_created_at, false) as is_decided_before_lead
from opportunities
left join wins
    on
        opportunities.source_system = wins.source_system
        and opportunities.opportunity_source_id = wins.opportunity_source_id
