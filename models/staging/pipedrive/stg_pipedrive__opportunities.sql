with

stages as (

    select
        id,
        min(name) as name
    from {{ ref('base_pipedrive__stages') }}
    group by id

),

named as (

    select
        deals.*,
        lower(deals.status) as deal_status,
        stages.name as stage_name
    from {{ ref('base_pipedrive__deals') }} as deals
    left join stages on deals.stage_id = stages.id

)

{{ contract_rows('opportunities', 'pipedrive', 'named', {
    'opportunity_source_id': 'id', 'lead_source_id': 'person_id', 'account_source_id': 'org_id', 'amount': 'value',
    'stage_name': 'coalesce(stage_name, stage_id)', 'is_closed': "deal_status in ('won', 'lost')",
    'is_won': "deal_status = 'won'", 'created_at': 'add_time',
    'closed_at': "case deal_status when 'won' then coalesce(won_time, close_time) when 'lost' then coalesce(lost_time, close_time) end",
    'owner_id': 'user_id',
}, unused="case when deleted or deal_status = 'deleted' then 'deleted_in_source' end") }}
