{{ base_source('ad_reporting', 'campaign_report') }}
