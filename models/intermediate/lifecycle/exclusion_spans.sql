{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

select
    spans.lead_id,
    exclusions.reason,
    spans.matched_from as excluded_from,
    spans.matched_to as excluded_to
from {{ ref('condition_spans') }} as spans
inner join {{ ref('exclusions') }} as exclusions
    on
        spans.condition_id
        = 'exclusion:' || exclusions.attribute || ':' || exclusions.operator || ':' || coalesce(exclusions.value, '')
