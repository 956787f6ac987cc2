-- A purchase is a deal, won a day after the session began.
with

sessions as (

    select
        'session-' || lpad(cast(row_number() over () as varchar), 5, '0') as lead_source_id,
        revenue as has_bought
    from read_csv('online_shoppers_intention.csv', header = true, all_varchar = true, parallel = false)

)

select
    sessions.lead_source_id as opportunity_source_id,
    sessions.lead_source_id,
    'purchase' as opportunity_type,
    'closed won' as stage_name,
    true as is_closed,
    true as is_won,
    leads.created_at + interval 1 day as created_at,
    leads.created_at + interval 1 day as closed_at,
from sessions
inner join leads on leads.lead_source_id = sessions.lead_source_id
where sessions.has_bought = 'TRUE'
order by sessions.lead_source_id
