-- A subscription is a deal, won a week after the call: the source says that it came, not when.
with

calls as (

    select
        'call-' || lpad(cast(row_number() over () as varchar), 5, '0') as lead_source_id,
        y as has_subscribed
    from read_csv('bank-additional-full.csv.gz', delim = ';', header = true, all_varchar = true, parallel = false)

)

select
    calls.lead_source_id as opportunity_source_id,
    calls.lead_source_id,
    'term deposit' as opportunity_type,
    'closed won' as stage_name,
    true as is_closed,
    true as is_won,
    leads.created_at + interval 7 day as created_at,
    leads.created_at + interval 7 day as closed_at,
from calls
inner join leads on leads.lead_source_id = calls.lead_source_id
where calls.has_subscribed = 'yes'
order by calls.lead_source_id
