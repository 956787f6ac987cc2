{#- The attributes that a lead takes from its CRM records, by kind. -#}
{% macro lead_text_attributes() %}
    {{ return([
        'email', 'phone', 'first_name', 'last_name', 'job_title', 'company_name', 'company_domain', 'industry', 'country',
        'lead_source', 'status', 'owner_id', 'purchase_timeframe', 'account_source_id',
    ]) }}
{% endmacro %}

{% macro lead_number_attributes() %}
    {{ return(['employee_count', 'annual_revenue', 'budget']) }}
{% endmacro %}
