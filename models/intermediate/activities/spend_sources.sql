{{ config(materialized='view') }}

-- Spend is put into a channel just as a visit with the same tags would be.
select
    spend_date,
    platform,
    coalesce(lower(utm_source), lower(platform), '(direct)') as source,
    coalesce(lower(utm_medium), 'cpc') as medium,
    lower(utm_campaign) as campaign,
    coalesce(impressions, 0) as impressions,
    coalesce(clicks, 0) as clicks,
    spend
from {{ ref('conformed_ad_spend') }}
