select distinct
    opportunity_source_id as deal_id,
    account_source_id as company_id,
    5 as type_id,
    'HUBSPOT_DEFINED' as category
from opportunities
where account_source_id is not null
