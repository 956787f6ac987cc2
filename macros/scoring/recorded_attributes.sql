{#- What the sources say of the attributes of `leads`, and since when; of several rows for one moment the one recorded last.
    Nothing about a lead holds before it is one. -#}
{% macro recorded_attributes(leads) -%}
    (
        select
            lead_id,
            attribute,
            value,
            valid_from
        from (
            select
                recorded.*,
                row_number() over (
                    partition by lead_id, attribute, valid_from
                    order by recorded_at desc, lead_source_id asc, value asc
                ) as moment_rank
            from (
                select
                    lead_nodes.lead_id,
                    lower(trim(attributes.attribute)) as attribute,
                    attributes.value,
                    greatest(attributes.recorded_at, leads.created_at) as valid_from,
                    attributes.recorded_at,
                    attributes.lead_source_id
                from {{ ref('conformed_lead_attributes') }} as attributes
                inner join {{ ref('lead_nodes') }} as lead_nodes
                    on 'record:' || attributes.source_system || ':' || attributes.lead_source_id = lead_nodes.node
                inner join {{ leads }} as leads on lead_nodes.lead_id = leads.lead_id
            ) as recorded
        ) as ranked
        where moment_rank = 1
    )
{%- endmacro %}
