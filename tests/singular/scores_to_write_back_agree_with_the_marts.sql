-- Each record of the CRM is told what its lead's score and stage are; records that the CRM has deleted are not.
select coalesce(identifiers.identifier, sync.lead_source_id) as lead_source_id
from {{ ref('crm_score_sync') }} as sync
full outer join (
    select
        identifiers.lead_id,
        identifiers.source_system,
        identifiers.identifier,
        coalesce(records.is_deleted, false) as is_deleted
    from {{ ref('lead_identifiers') }} as identifiers
    inner join {{ ref('conformed_leads') }} as records
        on
            identifiers.source_system = records.source_system
            and identifiers.identifier = records.lead_source_id
    where identifiers.identifier_type = 'crm_id'
) as identifiers
    on
        sync.source_system = identifiers.source_system
        and sync.lead_source_id = identifiers.identifier
left join {{ ref('lead_scores') }} as scores
    on
        sync.lead_id = scores.lead_id
        and scores.is_champion
left join {{ ref('lead_stages') }} as stages on sync.lead_id = stages.lead_id
where
    (sync.sync_key is null and not identifiers.is_deleted)
    or (sync.sync_key is not null and coalesce(identifiers.is_deleted, true))
    or sync.lead_id <> identifiers.lead_id
    or sync.score <> scores.score
    or sync.stage <> stages.stage
