-- In HubSpot each e-mail is a campaign of its own: the team tells the sequence and the step by its name.
select distinct
    campaign_source_id || '-' || step as id,
    sequence_name || ' #' || step as name,
    sequence_name || ' #' || step as subject,
    'AUTOMATED_EMAIL' as type
from message_events
where channel = 'email' and step is not null
union all
select
    campaign_source_id as id,
    name,
    name as subject,
    'BATCH_EMAIL' as type
from campaigns
where
    campaign_source_id is null
    or kind = 'email' and campaign_source_id not in (
        select campaign_source_id
        from message_events
        where campaign_source_id is not null
    )
