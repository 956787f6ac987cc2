-- One row per lead and attribute. What sales wrote down about the seller was known when the deal was won, not before, so a
-- rule on it never helps to foresee a win; the landing page was known at first contact. Attributes left empty have no row.
with

deals as (
    select
        mql_id,
        won_date,
        business_segment,
        lead_type,
        lead_behaviour_profile,
        has_company,
        has_gtin,
        average_stock,
        business_type,
        declared_product_catalog_size,
        declared_monthly_revenue,
    from read_csv('olist_closed_deals_dataset.csv', header = true, all_varchar = true)
),

deal_attributes as (
    unpivot deals
    on columns(* exclude (mql_id, won_date))
    into name attribute value value
),

landing_pages as (
    select
        mql_id,
        landing_page_id,
        first_contact_date,
    from read_csv('olist_marketing_qualified_leads_dataset.csv', header = true, all_varchar = true)
    where landing_page_id is not null
)

select
    mql_id as lead_source_id,
    attribute,
    value,
    cast(won_date as timestamp) as recorded_at,
from deal_attributes
union all
select
    mql_id as lead_source_id,
    'landing_page_id' as attribute,
    landing_page_id as value,
    cast(first_contact_date as timestamp) as recorded_at,
from landing_pages
order by lead_source_id, attribute
