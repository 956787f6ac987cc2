{{ base_source('ad_reporting', 'url_report') }}
