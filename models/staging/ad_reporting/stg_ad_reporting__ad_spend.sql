{% set common = {
    'spend_date': 'date_day', 'platform': 'platform', 'impressions': 'impressions', 'clicks': 'clicks', 'spend': 'spend',
} %}

with

url_platforms as (

    select distinct platform
    from {{ ref('base_ad_reporting__url_report') }}

),

campaign_rows as (

    select
        campaigns.*,
        url_platforms.platform is not null as is_in_url_report
    from {{ ref('base_ad_reporting__campaign_report') }} as campaigns
    left join url_platforms on campaigns.platform = url_platforms.platform

)

{{ contract_rows('ad_spend', 'ad_reporting', ref('base_ad_reporting__url_report'), dict(
    common,
    utm_source="coalesce(utm_source, " ~ ad_platform_value('platform', 'source') ~ ")",
    utm_medium="coalesce(utm_medium, " ~ ad_platform_value('platform', 'medium') ~ ")",
    utm_campaign='coalesce(utm_campaign, campaign_name)',
)) }}
union all
{{ contract_rows('ad_spend', 'ad_reporting', 'campaign_rows', dict(
    common,
    utm_source=ad_platform_value('platform', 'source'),
    utm_medium=ad_platform_value('platform', 'medium'),
    utm_campaign='campaign_name',
), unused="case when is_in_url_report then 'in_url_report' end") }}
