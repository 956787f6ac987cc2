{{ base_source('salesforce', 'campaign_member', attributes=salesforce_fields_of('campaign_member')) }}
