select
    sales_activity_id as engagement_id,
    false as _fivetran_deleted,
    upper(direction) as property_hs_call_direction,
    case outcome
        when 'connected' then 'f240bbac-87c9-4f6e-bf70-924b57d47db7'
        when 'voicemail' then 'b2cf5968-551e-4856-9783-52b3da59a7d0'
        when 'no_answer' then '73a0d17f-1163-4015-bdd5-ec830791da20'
        when 'wrong_number' then '17b47fee-58de-441e-a44c-c6300d46f273'
        else outcome
    end as property_hs_call_disposition,
    owner_id as property_hubspot_owner_id,
    occurred_at as property_hs_timestamp,
    occurred_at as property_hs_createdate
from sales_activities
where kind = 'call'
