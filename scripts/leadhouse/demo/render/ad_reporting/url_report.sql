select
    spend_date as date_day,
    platform,
    utm_campaign as campaign_name,
    utm_source,
    utm_medium,
    utm_campaign,
    impressions,
    clicks,
    spend
from ad_spend
