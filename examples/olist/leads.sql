-- One row per marketing-qualified lead. The origin is null for some leads and stays so; `unknown` is a value of the source.
select
    mql_id as lead_source_id,
    origin as lead_source,
    cast(first_contact_date as timestamp) as created_at,
from read_csv('olist_marketing_qualified_leads_dataset.csv', header = true, all_varchar = true)
order by mql_id
