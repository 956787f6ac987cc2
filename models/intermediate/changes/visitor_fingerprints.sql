-- What is known of each visitor: its events, whom they name and whose device it is.
with

facts as (

    select
        source_system,
        visitor_id,
        {{ sum_of_fingerprints('row_fingerprint') }} as fingerprint
    from {{ ref('accounted_web_events') }}
    where row_outcome = 'conformed'
    group by source_system, visitor_id
    union all
    select
        source_system,
        visitor_id,
        {{ sum_of_fingerprints(row_fingerprint([
            "'span'", 'span_number', 'lead_id', 'started_at', 'ended_at', 'identified_at'
        ])) }} as fingerprint
    from {{ ref('visitor_spans') }}
    group by source_system, visitor_id
    union all
    select
        source_system,
        visitor_id,
        {{ sum_of_fingerprints(row_fingerprint(["'named'", 'event_id', 'lead_id', 'identified_at'])) }} as fingerprint
    from {{ ref('named_web_events') }}
    group by source_system, visitor_id

)

select
    source_system,
    visitor_id,
    cast(sum(fingerprint) as {{ wide_decimal(0) }}) as fingerprint
from facts
group by source_system, visitor_id
