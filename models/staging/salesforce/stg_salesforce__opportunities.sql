with

contacts as (

    select id
    from {{ ref('base_salesforce__contact') }}
    where not {{ salesforce_is_deleted() }} and coalesce(_fivetran_active, true)
    group by id

),

-- Whom it belongs to: a contact that is there before one that is gone, the primary one, else the first.
ranked_roles as (

    select
        roles.opportunity_id,
        roles.contact_id,
        row_number() over (
            partition by roles.opportunity_id
            order by
                case when contacts.id is not null then 0 else 1 end asc,
                case when roles.is_primary then 0 else 1 end asc,
                roles.created_date asc nulls last,
                roles.id asc,
                roles.contact_id asc
        ) as role_rank
    from {{ ref('base_salesforce__opportunity_contact_role') }} as roles
    left join contacts on roles.contact_id = contacts.id
    where
        roles.contact_id is not null
        and not coalesce(roles.is_deleted, false)
        and not coalesce(roles._fivetran_deleted, false)

),

-- Several leads may have been converted into one opportunity.
ranked_leads as (

    select
        converted_opportunity_id,
        id,
        row_number() over (
            partition by converted_opportunity_id
            order by converted_date asc nulls last, created_date asc, id asc
        ) as lead_rank
    from {{ ref('base_salesforce__lead') }}
    where
        converted_opportunity_id is not null
        and id is not null
        and not {{ salesforce_is_deleted() }}
        and coalesce(_fivetran_active, true)

),

stage_changes as (

    select
        opportunity_id,
        new_value as stage_name,
        max(created_date) as changed_at
    from {{ ref('base_salesforce__opportunity_field_history') }}
    where lower(field) = 'stagename' and not {{ salesforce_is_deleted() }}
    group by opportunity_id, new_value

),

opportunities as (

    select
        opportunities.*,
        coalesce(ranked_roles.contact_id, opportunities.contact_id, ranked_leads.id) as who_id,
        coalesce(stage_changes.changed_at, opportunities.last_stage_change_date) as stage_changed_at,
        cast(opportunities.close_date as timestamp) as close_day
    from {{ ref('base_salesforce__opportunity') }} as opportunities
    left join ranked_roles
        on
            opportunities.id = ranked_roles.opportunity_id
            and ranked_roles.role_rank = 1
    left join ranked_leads
        on
            opportunities.id = ranked_leads.converted_opportunity_id
            and ranked_leads.lead_rank = 1
    left join stage_changes
        on
            opportunities.id = stage_changes.opportunity_id
            and opportunities.stage_name = stage_changes.stage_name

),

-- The close date is a day, and the expected one as long as it is open. Closing is known to the second by the change of
-- stage; one that came more than a day after the close date is upkeep, or a stage that was renamed.
decided as (

    select
        opportunities.*,
        case
            when not coalesce(is_closed, false) then null
            when close_day is null or stage_changed_at < {{ add_time('close_day', 2, 'day') }} then stage_changed_at
            else close_day
        end as closed_at
    from opportunities

)

{{ contract_rows('opportunities', 'salesforce', 'decided', {
    'opportunity_source_id': 'id', 'lead_source_id': 'who_id', 'account_source_id': 'account_id',
    'opportunity_type': 'type', 'amount': 'amount', 'stage_name': 'stage_name', 'is_closed': 'is_closed',
    'is_won': 'is_won', 'created_at': 'created_date', 'closed_at': 'closed_at', 'owner_id': salesforce_owner(),
}, unused=salesforce_unused()) }}
