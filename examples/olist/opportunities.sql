-- One won opportunity per closed deal. Its amount is what the seller has sold since: the price of all its order items, and
-- zero for a seller without a sale. Prices are stored as floats; each is made a decimal before it is added.
with

sales as (
    select
        seller_id,
        sum(cast(price as decimal(18, 2))) as amount,
    from read_parquet('order_items.parquet')
    group by seller_id
),

deals as (
    select *
    from read_csv('olist_closed_deals_dataset.csv', header = true, all_varchar = true)
)

select
    deals.mql_id as opportunity_source_id,
    deals.mql_id as lead_source_id,
    'new business' as opportunity_type,
    cast(coalesce(sales.amount, 0) as decimal(18, 2)) as amount,
    'closed won' as stage_name,
    true as is_closed,
    true as is_won,
    cast(deals.won_date as timestamp) as created_at,
    cast(deals.won_date as timestamp) as closed_at,
    deals.sr_id as owner_id,
from deals
left join sales
    on deals.seller_id = sales.seller_id
order by deals.mql_id
