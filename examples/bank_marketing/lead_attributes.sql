-- What was known before the call, as custom attributes. `duration` is left out: it is known when the call is over, and says how it went.
with

calls as (

    select
        'call-' || lpad(cast(row_number() over () as varchar), 5, '0') as lead_source_id,
        age,
        job,
        marital,
        education,
        "default" as has_credit_in_default,
        housing as has_housing_loan,
        loan as has_personal_loan,
        contact as contact_channel,
        month as call_month,
        day_of_week as call_weekday,
        campaign as count_calls,
        -- 999 stands for never.
        nullif(pdays, '999') as days_since_last_campaign,
        previous as count_calls_before,
        poutcome as last_campaign_outcome,
        "emp.var.rate" as employment_variation_rate,
        "cons.price.idx" as consumer_price_index,
        "cons.conf.idx" as consumer_confidence_index,
        euribor3m as euribor_3_months,
        "nr.employed" as count_employed
    from read_csv('bank-additional-full.csv.gz', delim = ';', header = true, all_varchar = true, parallel = false)

),

attributes as (

    unpivot calls
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
