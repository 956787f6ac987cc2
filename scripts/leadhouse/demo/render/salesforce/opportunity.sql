select
    opportunity_source_id as id,
    false as is_deleted,
    account_source_id as account_id,
    cast(null as varchar) as contact_id,
    stage_name,
    cast(amount as double) as amount,
    -- While it is open, the day when it is expected.
    coalesce(cast(closed_at as date), cast(created_at as date) + 90) as close_date,
    opportunity_type as "type",
    is_closed,
    is_won,
    coalesce(owner_id, '00G-unassigned') as owner_id,
    created_at as created_date,
    closed_at as last_stage_change_date
from opportunities
