-- Every lead of this data set was an MQL when it was first contacted: that is what its source says, so it is a CRM status.
select
    mql_id as lead_source_id,
    'mql' as status,
    cast(first_contact_date as timestamp) as changed_at,
from read_csv('olist_marketing_qualified_leads_dataset.csv', header = true, all_varchar = true)
order by mql_id
