-- What the session was like, as custom attributes recorded at its time.
with

sessions as (

    select
        'session-' || lpad(cast(row_number() over () as varchar), 5, '0') as lead_source_id,
        administrative as count_administrative_pages,
        administrative_duration as administrative_seconds,
        informational as count_informational_pages,
        informational_duration as informational_seconds,
        productrelated as count_product_pages,
        productrelated_duration as product_seconds,
        bouncerates as bounce_rate,
        exitrates as exit_rate,
        pagevalues as page_value,
        specialday as special_day,
        month as visit_month,
        -- These are names, though they look like numbers.
        'system ' || operatingsystems as operating_system,
        'browser ' || browser as browser,
        'region ' || region as region,
        'traffic ' || traffictype as traffic_type,
        visitortype as visitor_type,
        lower(weekend) as is_weekend
    from read_csv('online_shoppers_intention.csv', header = true, all_varchar = true, parallel = false)

),

attributes as (

    unpivot sessions
    on columns(* exclude (lead_source_id))
    into name attribute value value

)

select
    attributes.lead_source_id,
    attributes.attribute,
    attributes.value,
    leads.created_at as recorded_at,
from attributes
inner join leads on leads.lead_source_id = attributes.lead_source_id
order by attributes.lead_source_id, attributes.attribute
