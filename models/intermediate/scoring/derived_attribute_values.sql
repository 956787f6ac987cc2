with

titles as (

    select * from {{ ref('raw_attribute_values') }}
    where attribute = 'job_title'

),

domains as (

    select
        lead_id,
        nullif(split_part(lower(value), '@', 2), '') as email_domain,
        valid_from
    from {{ ref('raw_attribute_values') }}
    where attribute = 'email'

),

derived as (

    {% for attribute in ['job_level', 'job_function'] %}
    select
        titles.lead_id,
        '{{ attribute }}' as attribute,
        roles.value,
        titles.valid_from
    from titles
    left join {{ ref('job_title_roles') }} as roles
        on
            titles.value = roles.job_title
            and roles.attribute = '{{ attribute }}'
    union all
    {% endfor %}
    select
        lead_id,
        'email_domain' as attribute,
        email_domain as value,
        valid_from
    from domains
    {% for attribute, seed in {
        'is_free_email': 'free_email_domains', 'is_disposable_email': 'disposable_email_domains'
    }.items() %}
    union all
    select
        domains.lead_id,
        '{{ attribute }}' as attribute,
        case
            when listed.domain is not null then 'true'
            when domains.email_domain is not null then 'false'
        end as value,
        domains.valid_from
    from domains
    left join {{ ref(seed) }} as listed on domains.email_domain = listed.domain
    {% endfor %}

),

recorded as (

    select distinct
        lead_id,
        attribute
    from {{ ref('attribute_history') }}

)

-- A derived attribute that the source records by itself is taken from there.
select derived.*
from derived
left join recorded
    on
        derived.lead_id = recorded.lead_id
        and derived.attribute = recorded.attribute
where
    recorded.lead_id is null
    and derived.attribute in (select attribute from {{ ref('attribute_conditions') }})
