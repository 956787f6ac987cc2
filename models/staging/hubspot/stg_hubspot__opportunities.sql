with

stages as (

    select
        stage_id,
        label,
        is_closed,
        closed_won,
        row_number() over (partition by stage_id order by label, is_closed, closed_won) as stage_rank
    from {{ ref('base_hubspot__deal_pipeline_stage') }}

),

stays as (

    select
        deal_id,
        value as stage_id,
        max(date_entered) as entered_at
    from {{ ref('base_hubspot__deal_stage') }}
    group by deal_id, value

),

known_contacts as (

    select id
    from {{ ref('base_hubspot__contact') }}
    where not coalesce(_fivetran_deleted, false)
    {{ union_distinct() }}
    select merged_id as id
    from {{ ref('int_hubspot__merged_contacts') }}

),

-- A deal is one contact's: of those that are still there the one of HubSpot's own kind, else the oldest, whose id is least.
contacts as (

    select
        links.deal_id,
        links.contact_id,
        row_number() over (
            partition by links.deal_id
            order by
                case when known_contacts.id is null then 1 else 0 end,
                case when links.category <> 'HUBSPOT_DEFINED' then 1 else 0 end,
                links.type_id nulls last, length(links.contact_id), links.contact_id
        ) as contact_rank
    from {{ ref('base_hubspot__deal_contact') }} as links
    left join known_contacts on links.contact_id = known_contacts.id
    where links.contact_id is not null

),

companies as (

    select
        deal_id,
        company_id,
        row_number() over (
            partition by deal_id
            -- 5 is HubSpot's id of the primary company.
            order by case when type_id = 5 then 0 else 1 end, length(company_id), company_id
        ) as company_rank
    from {{ ref('base_hubspot__deal_company') }}
    where company_id is not null

),

merged_deals as (

    select distinct merged_deal_id
    from {{ ref('base_hubspot__merged_deal') }}
    where merged_deal_id <> deal_id

),

deals as (

    select
        deals.*,
        contacts.contact_id,
        companies.company_id,
        coalesce(stages.label, deals.deal_pipeline_stage_id) as stage_name,
        coalesce(stages.closed_won, deals.property_hs_is_closed_won) as is_won,
        coalesce(
            stages.is_closed, deals.property_hs_is_closed,
            case when coalesce(stages.closed_won, deals.property_hs_is_closed_won) then true end
        ) as is_closed,
        coalesce(deals.property_closedate, stays.entered_at) as closed_at,
        merged_deals.merged_deal_id is not null as is_merged
    from {{ ref('base_hubspot__deal') }} as deals
    left join stages on deals.deal_pipeline_stage_id = stages.stage_id and stages.stage_rank = 1
    left join stays on deals.deal_id = stays.deal_id and deals.deal_pipeline_stage_id = stays.stage_id
    left join contacts on deals.deal_id = contacts.deal_id and contacts.contact_rank = 1
    left join companies on deals.deal_id = companies.deal_id and companies.company_rank = 1
    left join merged_deals on deals.deal_id = merged_deals.merged_deal_id

)

{{ contract_rows('opportunities', 'hubspot', 'deals', {
    'opportunity_source_id': 'deal_id', 'lead_source_id': 'contact_id', 'account_source_id': 'company_id',
    'opportunity_type': "case property_dealtype when 'newbusiness' then 'new business' when 'existingbusiness' then "
    ~ "'existing business' else property_dealtype end",
    'amount': 'property_amount', 'stage_name': 'stage_name', 'is_closed': 'is_closed', 'is_won': 'is_won',
    'created_at': 'property_createdate', 'closed_at': 'case when is_closed then closed_at end', 'owner_id': 'owner_id',
}, unused="case when is_merged then 'merged_into_another' when is_deleted then 'deleted_in_source' end") }}
